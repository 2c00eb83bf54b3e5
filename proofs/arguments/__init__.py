"""Arguments that several derivations share: functions from expressions to kernel steps, no rule of inference."""
