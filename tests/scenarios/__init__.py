"""Stories over real HTTP: sign-up to paid conversation, faults, kills. Every process is a real one."""
