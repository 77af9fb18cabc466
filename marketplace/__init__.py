"""Training Voucher Marketplace (职业培训券平台)."""
