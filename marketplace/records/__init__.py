"""What a person learned and can prove: the training record, certificates, links, who looked.

电子档案、结业证书、凭链接出示、谁看过。
Operations: record_results, issue_certificates, propose_change, approve_change, reject_change,
create_share, end_share, note_look. Reads enrollment and redemption; the amounts it shows are
those of the same entries. Credentials are Open Badges 3.0 (decision 0082).
"""
