"""Ground floor: database, money, clock, refusals, settings, encryption, text, paging.

地基：数据库、金额、时钟、拒绝理由、设置、加密、文本、分页。 No domain noun may appear here.
"""
