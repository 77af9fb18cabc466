"""Reads of schemes, vouchers, quotes and prices. 券种、培训券、报价与价格的查询。"""
