"""Reading records, certificates, links and looks."""
