"""咨询: a safety question asked in chat is answered from the knowledge base, or kept for an expert."""
