"""Pure decisions: policy packs, claims, quotes, differences. 规则：只看事实，不碰数据库。"""
