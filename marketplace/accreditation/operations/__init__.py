"""What may be done to applications for accreditation, one module per part."""
