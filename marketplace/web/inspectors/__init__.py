"""Pages of inspectors: classes by risk, visits, holds given to them. 督导员页面。"""
