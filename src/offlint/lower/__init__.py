"""What does a text do, in order? Languages lowered to the steps of model/step.py."""
