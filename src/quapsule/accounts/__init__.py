"""People: sign-up, sign-in, sessions, API keys, and tokens that Supabase issued."""
