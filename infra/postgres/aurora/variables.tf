variable "name" {
  description = "What the names of everything here begin with."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,40}$", var.name))
    error_message = "Small letters, digits and hyphens, beginning with a letter."
  }
}

variable "engine_version" {
  description = "The version of Aurora PostgreSQL. AWS raises it by itself within the major version."
  type        = string
  default     = "17.5"

  validation {
    condition     = can(regex("^1[5-9][.][0-9]+$", var.engine_version))
    error_message = "15 or later, such as 17.5."
  }
}

variable "capacity" {
  description = "The least and the most Aurora capacity units. Least 0 lets it pause, which it never does while the schedules of the template run every five minutes."
  type = object({
    least = number
    most  = number
  })
  default = { least = 0.5, most = 2 }

  validation {
    condition     = var.capacity.least >= 0 && var.capacity.least <= var.capacity.most && var.capacity.most >= 1
    error_message = "The least is from 0 and not more than the most, which is at least 1."
  }
}

variable "backup_days" {
  description = "How far back the database can be set."
  type        = number
  default     = 7

  validation {
    condition     = var.backup_days >= 1 && var.backup_days <= 35
    error_message = "From one to 35 days."
  }
}

variable "network" {
  description = "The addresses of the network, a /16 to /24 that nothing else of yours uses."
  type        = string
  default     = "10.20.0.0/20"

  validation {
    condition     = can(cidrhost(var.network, 0)) && try(tonumber(split("/", var.network)[1]) >= 16 && tonumber(split("/", var.network)[1]) <= 24, false)
    error_message = "Such as 10.20.0.0/20."
  }
}

variable "gateway" {
  description = "Whether there is a NAT gateway. Without one no function reaches Gmail, Gemini, Odoo, Slack or Qdrant; leave it out only where another way leads out."
  type        = bool
  default     = true
}
