"""Arguments that several derivations share: functions from expressions to kernel steps. No rule of inference lives here."""
