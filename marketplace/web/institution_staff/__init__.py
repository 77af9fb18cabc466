"""Pages of institution staff: course runs, rosters, redemption, statement. 培训机构页面。"""
