"""The API as a process: uvicorn, the application, and what its routes need."""

