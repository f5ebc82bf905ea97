"""Every method of a vCenter that the driver calls, with the privileges that the account needs for it."""

from collections.abc import Mapping

EVERY_ROLE = frozenset(
    {"System.Anonymous", "System.View", "System.Read"}
)  # what Read-only has, and so every other role

METHODS: Mapping[str, tuple[str, ...]] = {
    "RetrieveServiceContent": ("System.Anonymous",),
    "Login": ("System.Anonymous",),
    "Logout": ("System.View",),
    "CreateContainerView": ("System.View",),
    "DestroyView": ("System.View",),
    "CreatePropertyCollector": ("System.View",),
    "DestroyPropertyCollector": ("System.View",),
    "RetrievePropertiesEx": ("System.View", "System.Read"),
    "ContinueRetrievePropertiesEx": ("System.View", "System.Read"),
    "SearchDatastore_Task": ("Datastore.Browse",),
    "CreateFolder": ("Folder.Create",),
    "MoveIntoFolder_Task": ("VirtualMachine.Inventory.Move",),
    "Rename_Task": ("VirtualMachine.Config.Rename",),
    "CreateVM_Task": (
        "VirtualMachine.Inventory.Create",
        "VirtualMachine.Config.AddNewDisk",
        "VirtualMachine.Config.AdvancedConfig",
        "Resource.AssignVMToPool",
        "Datastore.AllocateSpace",
        "Network.Assign",
    ),
    "CloneVM_Task": (
        "VirtualMachine.Provisioning.DeployTemplate",
        "VirtualMachine.Provisioning.Clone",
        "VirtualMachine.Inventory.CreateFromExisting",
        "VirtualMachine.Config.AddNewDisk",
        "VirtualMachine.Config.AdvancedConfig",
        "Resource.AssignVMToPool",
        "Datastore.AllocateSpace",
        "Network.Assign",
    ),
    "ImportVApp": (
        "VApp.Import",
        "VirtualMachine.Inventory.Create",
        "VirtualMachine.Config.AddNewDisk",
        "VirtualMachine.Config.AdvancedConfig",
        "Resource.AssignVMToPool",
        "Datastore.AllocateSpace",
        "Network.Assign",
    ),
    "ReconfigVM_Task": (
        "VirtualMachine.Config.CPUCount",
        "VirtualMachine.Config.Memory",
        "VirtualMachine.Config.Annotation",
        "VirtualMachine.Config.DiskExtend",
        "VirtualMachine.Config.AddRemoveDevice",
        "VirtualMachine.Config.EditDevice",
        "Network.Assign",
    ),
    "PowerOnVM_Task": ("VirtualMachine.Interact.PowerOn",),
    "PowerOffVM_Task": ("VirtualMachine.Interact.PowerOff",),
    "ShutdownGuest": ("VirtualMachine.Interact.PowerOff",),
    "CreateSnapshot_Task": ("VirtualMachine.State.CreateSnapshot",),
    "RemoveSnapshot_Task": ("VirtualMachine.State.RemoveSnapshot",),
    "ConsolidateVMDisks_Task": ("VirtualMachine.State.RemoveSnapshot",),
    "ExportSnapshot": ("VApp.Export",),
    "HttpNfcLeaseGetManifest": (),  # whoever holds the lease's session may
    "HttpNfcLeaseProgress": (),
    "HttpNfcLeaseComplete": (),
    "HttpNfcLeaseAbort": (),
    "AddDVPortgroup_Task": ("DVPortgroup.Create",),
    "Destroy_Task": ("VirtualMachine.Inventory.Delete", "DVPortgroup.Delete"),
}


def privileges() -> tuple[str, ...]:
    """All privileges that the account needs beyond those of every role, in order."""
    return tuple(sorted({one for needed in METHODS.values() for one in needed} - EVERY_ROLE))
