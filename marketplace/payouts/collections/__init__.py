"""Co-payments through Stripe: PaymentIntents and refunds, looked up before every try."""
