"""Clients of FastCGI, SCGI and AJP/1.3, written from the specifications, to hold the servers against."""
