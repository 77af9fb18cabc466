"""Business verbs of schemes, vouchers and quotes. 券种、培训券与报价的业务动作。"""
