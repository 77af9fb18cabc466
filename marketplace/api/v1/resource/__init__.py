"""One module per resource. 每种资源一个文件。"""
