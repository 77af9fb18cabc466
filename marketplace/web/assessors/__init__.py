"""Pages of assessment bodies: classes to assess, results, their changes. 评价机构页面。"""
