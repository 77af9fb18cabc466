"""Sources of a scheme's money and shares of commitments, one file per noun."""
