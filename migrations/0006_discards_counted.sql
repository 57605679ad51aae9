-- What is discarded is counted where it happens, whatever discards it: an attempt, a claim or a drain. Test events are not counted.
CREATE TRIGGER `deliveries_discarded` AFTER UPDATE OF `state` ON `deliveries`
WHEN NEW.state = 'discarded' AND OLD.state = 'pending'
BEGIN
  INSERT INTO stats (period, time, subject, discarded)
  SELECT 'minute', NEW.updated_at - NEW.updated_at % 60000, NEW.destination, 1
  FROM events WHERE event_id = NEW.event_id AND kind IS NULL
  ON CONFLICT DO UPDATE SET discarded = discarded + 1;
END;
