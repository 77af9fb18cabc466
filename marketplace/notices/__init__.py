"""Messages to people: queued, read, acknowledged.

通知。
Operations: send_notice, mark_notice_read.
"""
