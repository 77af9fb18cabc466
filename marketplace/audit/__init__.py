"""Who did what, to whom, when and why; append-only. 审计：谁、何时、为何、做了什么，只增不改。

Operations: record_event. Uses foundation only.
"""
