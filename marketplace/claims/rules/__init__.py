"""Claims decided: settings, lines, sample, days, signatures."""
