"""What learners say about a training that has ended, in one minute. 结业评价（一分钟）。

Operations: ask_for_reviews, remind_reviewers, give_review. A review never decides about money. The
ratings room counts reviews for the stars. Uses enrollment, catalog, people, notices.
"""
