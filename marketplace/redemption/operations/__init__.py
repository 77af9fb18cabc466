"""What may be done to reserved vouchers and redemptions, one module per verb."""
