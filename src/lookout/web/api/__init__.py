"""The machine door (接口): what partners' systems read, are told of and deliver, with a key."""
