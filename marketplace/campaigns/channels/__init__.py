"""Ways in which a message leaves the product. 消息通道：文件外发箱、空通道。"""
