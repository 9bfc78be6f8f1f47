"""DynamoDB, EventBridge and SQS as far as a payments function speaks to them, in one process."""
