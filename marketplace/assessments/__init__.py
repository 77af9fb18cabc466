"""Assessment by another party than the one that trained. 第三方评价：派考、录分、双人更正。

Operations: add_assessor_member, remove_assessor_member, assign_assessment, cancel_assessment,
submit_results, propose_result_change, accept_result_change, reject_result_change. Uses
enrollment, the directory of assessors, teaching, institutions, people; knows no money.
"""
