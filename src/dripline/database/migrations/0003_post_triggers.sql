-- What started sequences is in `listener` now.
DROP TABLE sequence_trigger;
