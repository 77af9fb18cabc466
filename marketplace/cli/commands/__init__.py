"""One module per command group. 每个命令组一个文件。"""
