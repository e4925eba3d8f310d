-- Health of a Stateward service for Argo CD, by the rules of kstatus.
local function condition(kind)
  for _, one in ipairs(obj.status.conditions) do
    if one.type == kind then return one end
  end
  return { status = "Unknown", message = "" }
end

if obj.status == nil or obj.status.conditions == nil then
  return { status = "Progressing", message = "waits for the operator" }
end
if obj.status.observedGeneration ~= obj.metadata.generation then
  return { status = "Progressing", message = "waits until the operator has seen the latest spec" }
end
local reconciling = condition("Reconciling")
if reconciling.status == "True" then
  return { status = "Progressing", message = reconciling.message }
end
local stalled = condition("Stalled")
if stalled.status == "True" then
  return { status = "Degraded", message = stalled.message }
end
local ready = condition("Ready")
if ready.status == "True" then
  return { status = "Healthy", message = ready.message }
end
return { status = "Progressing", message = ready.message }
