"""The staff console's shell: sign-in, roles, layout, audit, the first page. Slices bring their own pages."""
