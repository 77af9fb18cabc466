"""REST, versioned. 接口。"""
