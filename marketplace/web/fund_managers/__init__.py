"""Pages of fund managers: funds, settlement, payouts, reconciliation. 资金管理页面。"""
