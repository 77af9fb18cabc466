"""Rails: the channels that carry payouts. 支付通道。

protocol.py says what a rail does; bank_file writes ISO 20022 pain.001.001.09, stripe makes Connect
transfers, null carries nothing and answers at once, demo_bank plays the bank in demo mode. A rail
never touches the books. Only stripe talks to another machine.
"""
