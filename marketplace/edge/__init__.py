"""What pages and API share: who may enter, who it is, language, formats, answers to refusals.

页面与接口共用：准入、身份、语言、格式、拒绝说明。
"""
