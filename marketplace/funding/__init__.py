"""Which funds pay for a scheme together, in what order, within what scope; who paid what of a
commitment. 资金来源：多渠道资金按顺序、按用途共同出资，专款专用。

Operations: propose_source, approve_source, reject_source, end_source; save_shares. Used by
`vouchers` and `redemption` for pooled vouchers only: a scheme without sources is paid by its own
fund and asks nothing here.
"""
