"""SIP, media and fax. Knows nothing of care."""
