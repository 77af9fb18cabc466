"""Pages of visitors: public pages.  search, courses, institutions:公众页面。"""
