"""What comes with csvflow. One folder a kind, one file a type."""
