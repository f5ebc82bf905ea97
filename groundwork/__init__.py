"""What every product of cityops stands on."""
