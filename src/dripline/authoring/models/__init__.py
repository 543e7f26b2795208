"""Language models: any endpoint that speaks the wire format of OpenAI's chat completions."""
