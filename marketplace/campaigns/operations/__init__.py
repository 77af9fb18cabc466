"""What officers and the runner do with campaigns, one module per act."""
