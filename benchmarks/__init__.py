"""What things cost, as ratios to the limit and to what a user would pick instead."""
