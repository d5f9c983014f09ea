"""专家云问诊: questions that the knowledge base could not answer, on experts' phones."""
