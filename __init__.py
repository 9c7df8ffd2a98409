"""melflow: monitoring, evaluation and learning for peer-learning partnerships."""
