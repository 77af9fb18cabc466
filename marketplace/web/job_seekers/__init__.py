"""Pages of job seekers: vouchers, classes, record. 求职者页面。"""
